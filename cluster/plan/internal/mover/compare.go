package mover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// blockSize is how much of a file is read at a time, in bytes.
const blockSize = 256 << 10

// pump reads in to its end, block by block.
func pump(ctx context.Context, in io.Reader, buf []byte, take func([]byte) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		if n > 0 {
			if err := take(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// opener opens a file for reading.
type opener func() (fsx.File, error)

// equal compares two files byte for byte; sum is that of the second.
func (sc *scratch) equal(ctx context.Context, a, b opener) (equal bool, sum string, err error) {
	x, err := a()
	if err != nil {
		return false, "", err
	}
	defer x.Close()
	y, err := b()
	if err != nil {
		return false, "", err
	}
	defer y.Close()
	return sc.same(ctx, x, y, 0)
}

// same compares what two open files hold; sum is that of the second. Hashing
// costs more than reading and comparing, so for a large file, told by its
// expected size, it is done beside them.
func (sc *scratch) same(ctx context.Context, x, y io.Reader, size int64) (equal bool, sum string, err error) {
	h := sha256.New()
	equal, err = sc.compare(ctx, x, y, size, h)
	return equal, hexSum(h), err
}

// compare compares what two open files hold, and hashes the second unless h is
// nil.
func (sc *scratch) compare(ctx context.Context, x, y io.Reader, size int64, h hash.Hash) (equal bool, err error) {
	equal = true
	against := func(block []byte) error {
		other := sc.block(1)[:len(block)]
		n, err := io.ReadFull(x, other)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		equal = equal && bytes.Equal(block, other[:n])
		return nil
	}
	switch {
	case h == nil:
		err = pump(ctx, y, sc.block(0), against)
	case size > 4*blockSize:
		err = sc.beside(ctx, h, y, against)
	default:
		err = pump(ctx, y, sc.block(0), func(block []byte) error {
			h.Write(block)
			return against(block)
		})
	}
	if err != nil {
		return false, err
	}
	switch n, err := io.ReadFull(x, sc.block(1)[:1]); {
	case n > 0:
		equal = false
	case err != io.EOF:
		return false, err
	}
	return equal, nil
}

// beside reads in to its end and hands every block to take, while the block
// before is hashed on a goroutine of its own, which has ended when beside
// returns.
func (sc *scratch) beside(ctx context.Context, h hash.Hash, in io.Reader, take func([]byte) error) error {
	free, full, done := make(chan []byte, 2), make(chan []byte, 2), make(chan struct{})
	free <- sc.block(0)
	free <- sc.block(2)
	go func() {
		defer close(done)
		for block := range full {
			h.Write(block)
			free <- block[:cap(block)]
		}
	}()
	defer func() { close(full); <-done }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf := <-free
		n, err := in.Read(buf)
		if n > 0 {
			if err := take(buf[:n]); err != nil {
				return err
			}
			full <- buf[:n]
		} else {
			free <- buf
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hash reads to the end and returns the SHA-256 in hexadecimal.
func (sc *scratch) hash(ctx context.Context, in io.Reader) (string, error) {
	h := sha256.New()
	err := pump(ctx, in, sc.block(0), func(b []byte) error { h.Write(b); return nil })
	return hexSum(h), err
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// hashing is the SHA-256 of a large file, made on a goroutine of its own while
// it is copied, synced and compared.
type hashing struct {
	stop context.CancelFunc
	done chan struct{}
	sum  string
	err  error
}

func startHashing(ctx context.Context, open opener) *hashing {
	ctx, stop := context.WithCancel(ctx)
	h := &hashing{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(h.done)
		f, err := open()
		if err != nil {
			h.err = err
			return
		}
		defer f.Close()
		h.sum, h.err = new(scratch).hash(ctx, f)
	}()
	return h
}

// result waits for the sum.
func (h *hashing) result() (string, error) {
	<-h.done
	return h.sum, h.err
}

// end stops it, and has seen its goroutine off when it returns.
func (h *hashing) end() {
	if h != nil {
		h.stop()
		<-h.done
	}
}
