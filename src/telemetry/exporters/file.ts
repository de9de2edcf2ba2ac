import { filePath, one, optional } from '../../config/format.ts';
import { bytes, integer } from '../../config/parse.ts';
import { setting } from '../../config/setting.ts';
import { exporterType } from './exporter.ts';
import { temporality } from './temporality.ts';

const MIB = 1024 ** 2;

const FIELDS = {
  path: setting<string | undefined>({
    key: 'path',
    env: ['PEERMETER_FILE_PATH'],
    format: optional(filePath),
    default: undefined,
    help: 'the file to append to; older ones are PATH.1, PATH.2 and so on',
  }),
  maxSize: setting({
    key: 'max-size',
    env: ['PEERMETER_FILE_MAX_SIZE'],
    format: one(bytes(65_536, 1024 * MIB)),
    default: 10 * MIB,
    help: 'a file that would grow beyond this is put aside and a new one begun',
  }),
  maxFiles: setting({
    key: 'max-files',
    env: ['PEERMETER_FILE_MAX_FILES'],
    format: one(integer(1, 1000)),
    default: 5,
    help: 'most files kept, the present one among them',
  }),
  temporality: temporality(),
};

/** Push to a file: OTLP as JSON, one request a line, as OpenTelemetry's file exporters write it. */
export const file = exporterType({
  help: 'OTLP as JSON in a file, a push a line or more, rotated by size',
  pushes: true,
  fields: FIELDS,
  verify: ({ path }) =>
    path === undefined
      ? [{ field: 'path', problem: 'must name a file: path in the configuration file, or PEERMETER_FILE_PATH' }]
      : [],
  unique: ({ path = '' }) => ({ field: 'path', value: path }),
  async create({ options, push, producers, outcome }) {
    const [{ fileWriter }, { pushReader }] = await Promise.all([import('./file-writer.ts'), import('./push.ts')]);
    const { path = '', maxSize, maxFiles } = options;
    const exporter = await fileWriter({ path, maxBytes: maxSize, maxFiles });
    const reader = pushReader({ exporter, temporality: options.temporality, push, producers, outcome });
    return { reader, destination: path };
  },
});
