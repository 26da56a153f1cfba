package strictjson

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/deploycluster/deploycluster/internal/words"
)

// Write writes a document, indented, with a newline at its end. Lists are never
// null, and what does not print is escaped.
func Write(w io.Writer, doc any) error {
	b, err := json.Marshal(doc, jsonv1.DefaultOptionsV1(), json.FormatNilSliceAsNull(false), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = w.Write(append(words.JSON(b), '\n'))
	return err
}
