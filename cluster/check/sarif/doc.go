// Package sarif writes a check.Report as a SARIF 2.1.0 log, for the services that
// collect such logs. [OASIS SARIF 2.1.0 with errata 01]
package sarif
