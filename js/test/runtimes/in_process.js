// The suite in Bun and in Deno, which load the same files for `fetchtoken`. The argument is the
// desk.

import * as fetchtoken from 'fetchtoken';

import { visit } from './visit.js';

await visit(fetchtoken, process.argv[2]);
