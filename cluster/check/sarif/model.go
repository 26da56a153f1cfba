package sarif

import (
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// The types of this file are the parts of SARIF 2.1.0 that Write uses,
// with the standard's names. Fields are in the order in which they are
// written.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Automation  *sarifAutomation  `json:"automationDetails,omitempty"`
	Invocations []sarifInvocation `json:"invocations"`
	// Encoding and ColumnKind make a column what props.Position counts: in
	// ISO-8859-1 a byte is a character and a UTF-16 code unit.
	Encoding   string        `json:"defaultEncoding"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
	Properties sarifRunBag   `json:"properties"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name          string            `json:"name"`
	Version       string            `json:"version"`
	Information   string            `json:"informationUri"`
	Rules         []sarifDescriptor `json:"rules"`
	Notifications []sarifDescriptor `json:"notifications"`
}

// sarifDescriptor is a reportingDescriptor: a rule, or a kind of notification.
type sarifDescriptor struct {
	ID            string        `json:"id"`
	Short         *sarifText    `json:"shortDescription,omitempty"`
	Full          *sarifText    `json:"fullDescription,omitempty"`
	Configuration *sarifConfig  `json:"defaultConfiguration,omitempty"`
	HelpURI       string        `json:"helpUri,omitempty"`
	Help          *sarifText    `json:"help,omitempty"`
	Properties    *sarifRuleBag `json:"properties,omitempty"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifRuleBag struct {
	Source string `json:"source"`
	Since  string `json:"since,omitempty"`
	Until  string `json:"until,omitempty"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifInvocation struct {
	Successful bool   `json:"executionSuccessful"`
	End        string `json:"endTimeUtc,omitempty"`

	Execution []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Descriptor sarifReference   `json:"descriptor"`
	Level      string           `json:"level"`
	Message    sarifText        `json:"message"`
	Locations  []sarifLocation  `json:"locations,omitempty"`
	Properties *sarifUnknownBag `json:"properties,omitempty"`
}

type sarifReference struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
}

type sarifUnknownBag struct {
	Rules []string `json:"rules,omitempty"`
	Needs string   `json:"needs,omitempty"`
}

type sarifResult struct {
	Rule         string             `json:"ruleId"`
	Index        int                `json:"ruleIndex"`
	Kind         string             `json:"kind"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Related      []sarifLocation    `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Properties   sarifResultBag     `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

type sarifResultBag struct {
	Node    string         `json:"node,omitempty"`
	Subject string         `json:"subject,omitempty"`
	Fix     string         `json:"fix,omitempty"`
	Source  string         `json:"source,omitempty"`
	Needs   string         `json:"needs,omitempty"`
	Edits   []cluster.Edit `json:"edits,omitempty"`
}

type sarifLocation struct {
	// ID is set in relatedLocations, where it is unique in its result.
	ID       int            `json:"id,omitempty"`
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	Message  *sarifText     `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

// sarifRegion has no end: it reaches to the end of its line.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

type sarifLogical struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type sarifRunBag struct {
	Schema        int                   `json:"schema"`
	Members       []check.MemberSummary `json:"members"`
	Passed        []string              `json:"passed"`
	NotApplicable []string              `json:"notApplicable"`
	Explained     []string              `json:"explained"`
	NotJudged     []string              `json:"notJudged"`
	LeftOut       []string              `json:"leftOut"`
}
