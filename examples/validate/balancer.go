package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/cluster/nginx"
)

// configuration is what a balancer's own file says.
type configuration interface {
	Facts(haproxy.Options) (cluster.LoadBalancer, []haproxy.Unclear)
}

// balancer reads from the balancer's own file what the topology does not declare
// of it. What the topology declares stays. What the file leaves open is said,
// line by line, and stays undeclared.
func balancer(fsys afero.Fs, o options, c *cluster.Cluster, errOut io.Writer) error {
	data, err := afero.ReadFile(fsys, cmp.Or(o.haproxy, o.nginx))
	if err != nil {
		return err
	}
	var config configuration
	if o.haproxy != "" {
		config, err = haproxy.Parse(o.haproxy, data)
	} else {
		config, err = nginx.Parse(o.nginx, data)
	}
	if err != nil {
		return err
	}
	var declared cluster.LoadBalancer
	if lb := c.Topology.Facts.LoadBalancer; lb != nil {
		declared = *lb
	}
	read, unclear := config.Facts(haproxy.Options{Host: declared.Host, Members: haproxy.Members(c), Conditions: true})
	for _, u := range unclear {
		fmt.Fprintln(errOut, "validate:", u)
	}
	if declared.URLs == nil {
		declared.URLs = read.URLs
	}
	if declared.Affinity == nil {
		declared.Affinity, declared.From = read.Affinity, read.From
	}
	if declared.Ports == nil {
		declared.Ports = read.Ports
	}
	if declared.TLSEnds == "" {
		declared.TLSEnds = read.TLSEnds
	}
	if declared.JMS == nil {
		declared.JMS = read.JMS
	}
	if declared.WebSocket == nil {
		declared.WebSocket = read.WebSocket
	}
	declared.Open = read.Open
	c.Topology.Facts.LoadBalancer = &declared
	return nil
}
