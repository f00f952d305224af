'use strict';
// npm test: everything; npm test -- PATTERN: some of it.
var ready = require('./ready.cjs');
ready.prepare();
ready.handOver('node_modules/vitest/vitest.mjs', ['run'].concat(process.argv.slice(2)));
