'use strict';
// npm start: the app on a terminal, and the main job anywhere else; npm start -- list: any command.
var ready = require('./ready.cjs');
var args = process.argv.slice(2);
var ci = ['', '0', 'false'].indexOf((process.env.CI || '').toLowerCase()) < 0;
var terminal = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb' && !ci;
ready.prepare();
ready.handOver('dist/cli/main.js', args.length > 0 || terminal ? args : ['verify', 'web-stack-outage'], true);
