'use strict';
// npm run bench -- NAME: one benchmark of bench/, JSON on standard output.
var fs = require('fs');
var path = require('path');
var ready = require('./ready.cjs');
var name = process.argv[2];
var program = 'bench/' + name + '.ts';
if (!fs.existsSync(path.join(__dirname, '..', program))) {
  var names = fs.readdirSync(path.join(__dirname, '..', 'bench')).filter(function (file) {
    return /\.ts$/.test(file);
  });
  process.stderr.write('usage: npm run bench -- NAME\n  one of  ' + names.join(' ').replace(/\.ts/g, '') + '\n');
  process.exit(2);
}
ready.prepare();
ready.handOver(program, process.argv.slice(3));
