'use strict';
// npm start: the main job; npm start -- list: any command.
var ready = require('./ready.cjs');
var args = process.argv.slice(2);
ready.prepare();
ready.handOver('dist/cli/main.js', args.length === 0 ? ['verify', 'web-stack-outage'] : args);
