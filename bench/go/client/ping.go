package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

// pinger does one ping at a time and returns when it has been answered.
type pinger interface {
	ping() error
}

var errWrongAnswer = errors.New("the answer differs from the ping")

// exchange writes 32 bytes that differ from the last and reads as many back.
type exchange struct {
	count        uint64
	out, answers [ping.PingSize]byte
}

func (e *exchange) over(stream io.ReadWriter) error {
	e.count++
	binary.LittleEndian.PutUint64(e.out[:], e.count)
	if _, err := stream.Write(e.out[:]); err != nil {
		return err
	}
	if _, err := io.ReadFull(stream, e.answers[:]); err != nil {
		return err
	}
	if !bytes.Equal(e.out[:], e.answers[:]) {
		return errWrongAnswer
	}
	return nil
}

// reopened counts streams that the server ended and that were opened again.
var reopened atomic.Int64

// heldPinger keeps one stream, and opens another when the server has ended it.
type heldPinger struct {
	exchange
	peer     *lightPeer
	stream   *pingStream
	deadline time.Duration
}

func (p *heldPinger) ping() error {
	if p.stream != nil {
		err := p.inTime(p.stream)
		if err == nil || err == errWrongAnswer {
			return err
		}
		p.stream.Close()
		p.stream = nil
		if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
			return err // a late answer is a failed ping; only a stream that the server ended is tried again
		}
		reopened.Add(1)
	}
	stream, err := p.peer.openPing(context.Background())
	if err != nil {
		return err
	}
	p.stream = stream
	return p.inTime(stream)
}

func (p *heldPinger) inTime(stream *pingStream) error {
	if p.deadline > 0 {
		_ = stream.below.SetDeadline(time.Now().Add(p.deadline))
	}
	return p.over(stream)
}

// freshPinger opens a stream a ping.
type freshPinger struct {
	exchange
	peer *lightPeer
}

func (p *freshPinger) ping() error {
	stream, err := p.peer.openPing(context.Background())
	if err != nil {
		return err
	}
	defer stream.Close()
	return p.over(stream)
}

// rawPinger is the floor: the same bytes over plain TCP.
type rawPinger struct {
	exchange
	conn net.Conn
}

func (p *rawPinger) ping() error { return p.over(p.conn) }
