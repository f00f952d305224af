'use strict';
// npm run conformance: other people's test suites against our stand-ins; npm run conformance -- --toxiproxy DIR: one of them.
var ready = require('./ready.cjs');
ready.prepare();
ready.handOver('test/conformance/main.ts', process.argv.slice(2));
