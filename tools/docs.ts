/** Writes the pages that are made from code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceMarkdown } from '../src/contract/reference.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'metrics.md'), referenceMarkdown());
