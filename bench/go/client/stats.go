package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// percentiles are of every sample there was, in microseconds.
type percentiles struct {
	Samples int     `json:"samples"`
	P50     float64 `json:"p50"`
	P90     float64 `json:"p90"`
	P99     float64 `json:"p99"`
	P999    float64 `json:"p999"`
	Max     float64 `json:"max"`
	Mean    float64 `json:"mean"`
}

func summarise(samples []time.Duration) *percentiles {
	if len(samples) == 0 {
		return nil
	}
	slices.Sort(samples)
	var sum time.Duration
	for _, sample := range samples {
		sum += sample
	}
	at := func(q float64) float64 { return micros(samples[int(q*float64(len(samples)-1))]) }
	return &percentiles{
		Samples: len(samples),
		P50:     at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: at(1),
		Mean: micros(sum) / float64(len(samples)),
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// cpuOf is the processor time that a process and its children have used so far: a server may be several processes.
func cpuOf(pid int) (time.Duration, error) {
	total, err := cpuOfOne(pid)
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				more, _ := cpuOf(child)
				total += more
			}
		}
	}
	return total, err
}

// cpuOfOne takes the scheduler's own count, which has nanoseconds; a kernel without it leaves /proc/PID/stat, which has
// hundredths of a second.
func cpuOfOne(pid int) (time.Duration, error) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if len(files) == 0 {
		return cpuByTicks(pid)
	}
	var total time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that ended while we looked
		}
		ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(ns)
	}
	return total, nil
}

func cpuByTicks(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold spaces: count fields from behind it, where the state is field 3.
	fields := strings.Fields(string(text)[strings.LastIndexByte(string(text), ')')+1:])
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go runs on
	return time.Duration(user+system) * tick, nil
}

// window measures the server, and this client, between two moments.
type window struct {
	pid            int
	began          time.Time
	server, client time.Duration
}

func openWindow(pid int) window {
	server, _ := cpuOf(pid)
	client, _ := cpuOf(os.Getpid())
	return window{pid: pid, began: time.Now(), server: server, client: client}
}

func (w window) closeInto(r *result) {
	server, err := cpuOf(w.pid)
	client, _ := cpuOf(os.Getpid())
	r.Seconds = time.Since(w.began).Seconds()
	r.ClientCPUSeconds = (client - w.client).Seconds()
	if w.pid != 0 && err == nil {
		r.ServerCPUSeconds = (server - w.server).Seconds()
	}
}
