package props_test

import (
	"errors"
	"fmt"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/props"
)

// A server's file moves to shared storage: two lines change, and the diff
// shows these two, with the password beside them hidden.
func Example() {
	fsys := afero.NewMemMapFs()
	path := "/opt/ucd/conf/server/installed.properties"
	_ = afero.WriteFile(fsys, path, []byte("#\n"+
		"hibernate.connection.password=pbe{c2VjcmV0\\=}\n"+
		"hibernate.connection.url=jdbc\\:mysql\\://db.example.com\\:3306/ucd\n"+
		"server.appdata.dir=..\n"), 0o640)

	f, err := props.Load(fsys, path)
	if err != nil {
		fmt.Println(err)
		return
	}
	before := f.Clone()
	f.Set("server.appdata.dir", "/media/share/appdata")
	f.Set("com.urbancode.ds.UDeployServer.multiserver", "true")
	fmt.Print(props.UnifiedDiff(before, f))
	if err := f.Save(fsys, path); err != nil {
		fmt.Println(err)
	}
	// Output:
	// --- /opt/ucd/conf/server/installed.properties
	// +++ /opt/ucd/conf/server/installed.properties
	// @@ -1,4 +1,5 @@
	//  #
	//  hibernate.connection.password=(hidden)
	//  hibernate.connection.url=jdbc\:mysql\://db.example.com\:3306/ucd
	// -server.appdata.dir=..
	// +server.appdata.dir=/media/share/appdata
	// +com.urbancode.ds.UDeployServer.multiserver=true
}

func ExampleParse() {
	f, err := props.Parse("installed.properties", []byte("database.type = derby\n"+
		"hibernate.connection.url=jdbc\\:derby\\://localhost\\:11377/data\n"+
		"database.type = mysql\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Get("hibernate.connection.url"))
	fmt.Println(f.Get("database.type"))
	// Output:
	// jdbc:derby://localhost:11377/data true
	// mysql true
}

func ExampleSyntaxError() {
	_, err := props.Parse("installed.properties", []byte("a=1\ndir=C:\\ucd\\users\n"))
	fmt.Println(err)
	var syntax *props.SyntaxError
	if errors.As(err, &syntax) {
		fmt.Println(syntax.Position())
	}
	// Output:
	// installed.properties:2:7: malformed \u escape: four hexadecimal digits must follow (offset 10)
	// installed.properties:2:7
}

func ExampleFile_Entries() {
	f, _ := props.Parse("f", []byte("# two of a kind\nport=8080\nport : 8443\nserver.key.password=x\n"))
	for e := range f.Entries() {
		fmt.Printf("%+v\n", e)
	}
	// Output:
	// f:2:1: port=8080
	// f:3:1: port=8443
	// f:4:1: server.key.password=(hidden)
}

func ExampleFile_Lookup() {
	f, _ := props.Parse("f", []byte("a=1\n  b = 2\n"))
	e, ok := f.Lookup("b")
	fmt.Println(e.Value, e.Pos, ok)
	// Output: 2 f:2:3 true
}

func ExampleFile_Set() {
	f, _ := props.Parse("f", []byte("appdata : ..\r\nlist : a,\\\r\n  b\r\n"))
	f.Set("appdata", `D:\share`)
	f.Set("list", "c")
	f.Set("new", "é")
	fmt.Printf("%q\n", f.Bytes())
	// Output: "appdata : D\\:\\\\share\r\nlist : c\r\nnew : \\u00E9\r\n"
}

func ExampleFile_Delete() {
	f, _ := props.Parse("f", []byte("a=1\n# kept\na=2\nb=3\n"))
	fmt.Println(f.Delete("a"))
	fmt.Printf("%s", f.Bytes())
	// Output:
	// true
	// # kept
	// b=3
}

func ExampleFile_Properties() {
	f, _ := props.Parse("f", []byte("install.server.web.port=8080\nmail=${user}@example.com\n"))
	p := f.Properties()
	fmt.Println(p.GetInt("install.server.web.port", 0), p.GetString("mail", ""))
	var config struct {
		Port int `properties:"install.server.web.port"`
	}
	fmt.Println(p.Decode(&config), config.Port)
	// Output:
	// 8080 ${user}@example.com
	// <nil> 8080
}

func ExampleDiff() {
	a, _ := props.Parse("node1", []byte("alias=server\nx.password=one\nold=1\n"))
	b, _ := props.Parse("node2", []byte("x.password=two\nalias = Server\nnew=1\n"))
	for _, c := range props.Diff(a, b) {
		fmt.Println(c)
	}
	// Output:
	// changed alias: "server" -> "Server"
	// changed x.password: another value, shown as "(hidden)"
	// removed old: was "1"
	// added new: "1"
}

func ExampleRedact() {
	fmt.Println(props.Redact("hibernate.connection.url", "jdbc:mysql://ucd:pw@db.example.com/ucd"))
	fmt.Println(props.Redact("server.keystore.password", "changeit"))
	fmt.Println(props.Sensitive("server.appdata.dir", ".."), props.Redact("server.appdata.dir", ".."))
	// Output:
	// jdbc:mysql://(hidden)@db.example.com/ucd
	// (hidden)
	// false ..
}

// An editor keeps a file in the order in which people look for things.
func ExampleFile_InsertAfter() {
	f, _ := props.Parse("f", []byte("# where it listens\nport=8080\n\n# the database\nurl=x\n"))
	fmt.Println(f.InsertAfter("port", "secure.port", "8443"), f.Rename("url", "database.url"))
	fmt.Println(f.InsertAfter("port", "port", "1"))
	fmt.Printf("%s", f.Bytes())
	fmt.Println(f.Comments("database.url"), f.Keys())
	// Output:
	// <nil> <nil>
	// insert "port": the file has this key already
	// # where it listens
	// port=8080
	// secure.port=8443
	//
	// # the database
	// database.url=x
	// [the database] [port secure.port database.url]
}

func ExampleFile_Put() {
	f, _ := props.Parse("f", []byte("a=1\n"))
	err := f.Put("a\xff", "2")
	fmt.Println(err, errors.Is(err, props.ErrNotText))
	// Output: put "a\xff": the text is not valid UTF-8 true
}

func ExampleFile_Duplicates() {
	f, _ := props.Parse("f", []byte("port=1\nhost=h\nport=2\n"))
	for _, entries := range f.Duplicates() {
		fmt.Printf("%+v\n", entries)
	}
	// Output: [f:1:1: port=1 f:3:1: port=2]
}

// A caller's names of secrets are hidden too.
func ExampleWords() {
	own := props.Words{"kennzahl", "door.code"}
	fmt.Println(own.Redact("site.doorCode", "4711"), own.Redact("site.door.colour", "red"))
	// Output: (hidden) red
}
