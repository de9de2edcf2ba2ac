package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"sync/atomic"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/core/transport"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	identifypb "github.com/libp2p/go-libp2p/p2p/protocol/identify/pb"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multistream"
	"google.golang.org/protobuf/proto"
)

// lightPeer is one identity with one connection: TCP, Noise and Yamux of go-libp2p, and no host around them. It
// answers ping and identify, as any peer does, and asks for neither by itself.
type lightPeer struct {
	transport *tcp.TcpTransport
	identity  []byte
	conn      transport.CapableConn
}

// newLightPeer makes the key and everything else that is not part of connecting.
func newLightPeer() (*lightPeer, error) {
	key, public, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return nil, err
	}
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	security, err := noise.New(noise.ID, key, muxers)
	if err != nil {
		return nil, err
	}
	limits := &network.NullResourceManager{}
	upgrade, err := upgrader.New([]sec.SecureTransport{security}, muxers, nil, limits, nil)
	if err != nil {
		return nil, err
	}
	tcpTransport, err := tcp.NewTCPTransport(upgrade, limits, nil, tcp.DisableReuseport())
	if err != nil {
		return nil, err
	}
	identity, err := identifyMessage(public)
	return &lightPeer{transport: tcpTransport, identity: identity}, err
}

func identifyMessage(key crypto.PubKey) ([]byte, error) {
	public, err := crypto.MarshalPublicKey(key)
	if err != nil {
		return nil, err
	}
	message, err := proto.Marshal(&identifypb.Identify{
		PublicKey:       public,
		AgentVersion:    proto.String("peermeter-bench"),
		ProtocolVersion: proto.String("ipfs/0.1.0"),
		Protocols:       []string{ping.ID, identify.ID},
	})
	return append(binary.AppendUvarint(nil, uint64(len(message))), message...), err
}

func (p *lightPeer) dial(ctx context.Context, target peer.AddrInfo) error {
	conn, err := p.transport.Dial(ctx, target.Addrs[0], target.ID)
	if err != nil {
		return err
	}
	p.conn = conn
	go p.answer()
	return nil
}

// disconnects counts connections that ended; this client ends none itself before it ends as a whole.
var disconnects atomic.Int64

// answer serves what the other side opens until the connection is gone.
func (p *lightPeer) answer() {
	answers := multistream.NewMultistreamMuxer[protocol.ID]()
	answers.AddHandler(ping.ID, func(_ protocol.ID, stream io.ReadWriteCloser) error {
		defer stream.Close()
		_, err := io.CopyBuffer(stream, stream, make([]byte, ping.PingSize))
		return err
	})
	answers.AddHandler(identify.ID, func(_ protocol.ID, stream io.ReadWriteCloser) error {
		defer stream.Close()
		_, err := stream.Write(p.identity)
		return err
	})
	for {
		stream, err := p.conn.AcceptStream()
		if err != nil {
			disconnects.Add(1)
			return
		}
		go func() {
			if answers.Handle(stream) != nil {
				_ = stream.Reset()
			}
		}()
	}
}

// openPing negotiates lazily, as go-libp2p does with a peer that it knows to speak the protocol: the name of the
// protocol travels with the first ping.
func (p *lightPeer) openPing(ctx context.Context) (*pingStream, error) {
	stream, err := p.conn.OpenStream(ctx)
	if err != nil {
		return nil, err
	}
	return &pingStream{multistream.NewMSSelect(stream, protocol.ID(ping.ID)), stream}, nil
}

// pingStream is what the pings go over, and the stream below the negotiation, which knows deadlines.
type pingStream struct {
	io.ReadWriteCloser
	below network.MuxedStream
}
