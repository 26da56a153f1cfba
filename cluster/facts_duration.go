package cluster

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that JSON carries as text, such as "1m30s", "36h",
// "30d" or "6w".
type Duration time.Duration

// String renders the duration as time.Duration does.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText renders the duration as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads, and a whole number of days
// or weeks. The error holds nothing of the text.
func (d *Duration) UnmarshalText(b []byte) error {
	text := string(b)
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		count, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		const most = 100 * 365 * 24 * time.Hour
		n, err := strconv.Atoi(count)
		if err != nil || n < -int(most/length) || n > int(most/length) {
			return errDuration
		}
		*d = Duration(time.Duration(n) * length)
		return nil
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return errDuration
	}
	*d = Duration(v)
	return nil
}

var errDuration = errors.New("is not a duration such as 36h, 30d or 6w")
