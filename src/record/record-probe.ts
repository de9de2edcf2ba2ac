import type { Instruments } from '../contract/instruments.ts';
import { PING_ERRORS } from '../contract/vocabulary.ts';
import type { Prober } from '../probe/prober.ts';

/** Pings: each round trip into the histogram, the counts as the prober keeps them. */
export function recordProbe(instruments: Instruments, prober: Prober): void {
  const rtt = instruments.histogram('pingRtt')({});
  prober.on('answered', (_peerId, rttSeconds) => rtt.record(rttSeconds));
  const { counts } = prober;
  instruments.observe('pingRequests', (observe) => observe(counts.requests, {}));
  instruments.observe('pingResponses', (observe) => observe(counts.responses, {}));
  instruments.observe('pingTimeouts', (observe) => observe(counts.errors.timeout, {}));
  instruments.observe('activePings', (observe) => observe(counts.active, {}));
  instruments.observe('pingErrors', (observe) => {
    for (const reason of PING_ERRORS) observe(counts.errors[reason], { reason });
  });
}
