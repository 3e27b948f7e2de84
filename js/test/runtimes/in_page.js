// The suite in a page. The desk stands in its address.

import * as fetchtoken from 'fetchtoken';

import { visit } from './visit.js';

await visit(fetchtoken, /** @type {string} */ (new URLSearchParams(location.search).get('desk')));
