// The suite in Node. What `fetchtoken` is there is one file without the operations that vectors
// are about: these come from the modules that it is made from.

import * as fetchtoken from 'fetchtoken';

import '../../node.js';
import { visit } from './visit.js';

await visit(fetchtoken, process.argv[2]);
