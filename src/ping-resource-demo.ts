#!/usr/bin/env node
import { start } from './start.ts';

// The documented command: `ping-resource-demo -p 8001 -m 8081 [-d MULTIADDR]` is `peermeter run`.
await start(process.argv.slice(2), 'ping-resource-demo');
