// Command etcd serves one member's key-value API on a Unix socket: just enough etcd for one
// kube-apiserver, and out of reach of everybody who may not open the socket's folder.
//
// It syncs nothing to the disk: the data is meant to be thrown away, and a test need not wait for it.
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
)

func main() {
	dir := flag.String("dir", "", "folder of the data and of the sockets client.sock and peer.sock")
	flag.Parse()
	if err := serve(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

// serve runs until SIGTERM or SIGINT, or until the server fails.
func serve(dir string) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	server, err := embed.StartEtcd(config(dir))
	if err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	defer server.Close()
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return err
	}
}

func config(dir string) *embed.Config {
	c := embed.NewConfig()
	c.Dir = filepath.Join(dir, "data")
	c.UnsafeNoFsync = true
	c.LogLevel = "warn"
	client := []url.URL{{Scheme: "unix", Path: filepath.Join(dir, "client.sock")}}
	peer := []url.URL{{Scheme: "unix", Path: filepath.Join(dir, "peer.sock")}}
	c.ListenClientUrls, c.AdvertiseClientUrls = client, client
	c.ListenPeerUrls, c.AdvertisePeerUrls = peer, peer
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	return c
}
