package cluster

import "testing"

func TestReleaseInName(t *testing.T) {
	for home, want := range map[string]string{
		"/opt/java/jdk-17":                             "17",
		"/usr/lib/jvm/java-11-openjdk-amd64":           "11",
		"/usr/lib/jvm/java-1.8.0-openjdk/jre":          "8",
		"/usr/lib/jvm/jdk1.8.0_202":                    "8",
		"/opt/jdk8u392-b08":                            "8",
		"/opt/temurin-21.0.3+9":                        "21",
		"/opt/ibm/ibm-java-x86_64-80/jre":              "8",
		`C:\Program Files\Eclipse Adoptium\jdk-17.0.9`: "17",
		`C:\Program Files\Java\jre-9`:                  "9",
		"/usr/lib/jvm/default":                         "",
		"/opt/ibm-ucd/server/java":                     "",
		"/opt/java":                                    "",
		"/usr/lib/jvm/zulu25-ca-jdk25.0.1-linux_x64":   "25",
		"/opt/app-4/java/current":                      "",
		"/usr/lib/jvm/java-17-amazon-corretto.x86_64":  "17",
	} {
		if got := releaseInName(home); got != want {
			t.Errorf("%s: %q, want %q", home, got, want)
		}
	}
}

func TestReleaseOf(t *testing.T) {
	for text, want := range map[string]string{
		"IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"17.0.9\"\n": "17",
		"JAVA_VERSION=\"1.8.0_392\"\r\nOS_NAME=\"Windows\"":           "8",
		"JAVA_VERSION=\"21\"":        "21",
		"JAVA_VERSION=\"\"":          "",
		"JAVA_VERSION_DATE=\"2023\"": "",
		"":                           "",
	} {
		if got := releaseOf([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestJavaHomeIn(t *testing.T) {
	for text, want := range map[string]string{
		"#!/bin/sh\nJAVA_HOME=\"/opt/java/jdk-17\"\nexport JAVA_HOME\n":  "/opt/java/jdk-17",
		"export JAVA_HOME=/opt/a; export PATH\n":                         "/opt/a",
		"JAVA_HOME=/opt/a\nJAVA_HOME='/opt/b'\n":                         "/opt/b",
		"@echo off\r\nset JAVA_HOME=C:\\Program Files\\Java\\jdk-11\r\n": `C:\Program Files\Java\jdk-11`,
		"set \"JAVA_HOME=C:\\Java\\jdk-11\"\r\n":                         `C:\Java\jdk-11`,
		"# JAVA_HOME=/opt/old\nJAVA_OPTS=\"-Djava.home=$JAVA_HOME\"\n":   "",
	} {
		got, pos, ok := javaHomeIn("set_env", []byte(text))
		if got != want || ok != (want != "") || ok && text[pos.Offset:pos.Offset+10] != "JAVA_HOME=" {
			t.Errorf("%q: %q %v %v, want %q", text, got, pos, ok, want)
		}
	}
}

func TestTextProblem(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
	}{
		{"a=b\n", ""},
		{"# only a comment\n", ""},
		{"a=b", ""},
		{"\xef\xbb\xbfa=b\n", byteOrderMark},
		{"\xff\xfea\x00=\x00b\x00", wideText},
		{"\xfe\xff\x00a\x00=", wideText},
		{"a\x00=\x00b\x00\n\x00", wideText},
		{"\x00a\x00=\x00b\x00\n", wideText},
		{"", emptyText},
		{" \r\n\t\n", emptyText},
		{"\xef\xbb\xbf", emptyText},
		{"\x00\x00\x00\x00", cutOffText},
		{"a=b\nc=\x00\x00\x00\x00\x00\x00\x00\x00\x00", cutOffText},
		{"a=b\x00c\nd=e\n", nulInText},
	} {
		if got := textProblem([]byte(c.text)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
