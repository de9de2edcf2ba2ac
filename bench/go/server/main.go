// Command server is what the client measures when it does not measure JavaScript: a go-libp2p host that answers pings,
// or, with -raw, a TCP echo. It prints "Listening on ADDRESS" and runs until SIGTERM or SIGINT.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
)

func main() {
	raw := flag.Bool("raw", false, "echo over plain TCP instead of speaking libp2p")
	flag.Parse()
	collectOnSignal()
	serve := servePing
	if *raw {
		serve = serveEcho
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}

// servePing opens every limit a crowd from one address would meet: the resource manager and the connection manager.
func servePing() error {
	host, err := libp2p.New(
		libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.ResourceManager(&network.NullResourceManager{}),
		// The default one closes connections down to 160 once they are a minute old.
		libp2p.ConnectionManager(connmgr.NullConnMgr{}),
		libp2p.DisableRelay(),
	)
	if err != nil {
		return err
	}
	ping.NewPingService(host)
	fmt.Printf("Listening on %s/p2p/%s\n", host.Addrs()[0], host.ID())
	return nil
}

func serveEcho() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("Listening on %s\n", listener.Addr())
	go acceptAll(listener)
	return nil
}

func acceptAll(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go echo(conn)
	}
}

// echo reads and writes itself: io.Copy between sockets would splice inside the kernel, which no libp2p can.
func echo(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			if err != io.EOF {
				log.Print(err)
			}
			return
		}
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// collectOnSignal gives memory that is not in use back to the system on SIGUSR2, so that RSS says what is needed.
func collectOnSignal() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2)
	go func() {
		for range asked {
			debug.FreeOSMemory()
		}
	}()
}
