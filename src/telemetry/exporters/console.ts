import { exporterType } from './exporter.ts';

/** Push to standard output, for whoever tries something: all metrics in Prometheus' text format. */
export const consoleExporter = exporterType({
  help: 'all metrics on standard output, as text',
  pushes: true,
  fields: {},
  async create({ push, producers, outcome }) {
    const [{ consoleWriter }, { pushReader }] = await Promise.all([import('./console-writer.ts'), import('./push.ts')]);
    const exporter = consoleWriter(process.stdout);
    // In pieces, a metric of many points would have its header several times.
    const reader = pushReader({ exporter, push, producers, outcome, maxPoints: Number.POSITIVE_INFINITY });
    return { reader, destination: 'standard output' };
  },
});
