'use strict';
// Makes a clone ready and runs one of its programs under Node 24: installs when node_modules is missing or older than the
// lock file, builds when dist/ is older than src/, then hands over. Written for any Node, so that an old one gets a new
// one instead of a syntax error. Nothing is printed on standard output: that belongs to the program.

var fs = require('fs');
var path = require('path');
var spawn = require('child_process').spawn;
var spawnSync = require('child_process').spawnSync;

var root = path.join(__dirname, '..');
var wanted = 24;

/** What is gone, or a link to nothing (an editor's lock), counts as never modified. */
function modified(file) {
  try {
    return fs.statSync(path.resolve(root, file)).mtimeMs;
  } catch (missing) {
    void missing;
    return 0;
  }
}

/** Asked before every command, so each file is looked at once, and only those that a build is made of. */
function newest(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).reduce(function (latest, entry) {
    var name = folder + path.sep + entry.name;
    if (entry.isDirectory()) return Math.max(latest, newest(name));
    return notBuilt.test(name) ? latest : Math.max(latest, modified(name));
  }, 0);
}
/** As tsconfig.build.json has it. */
var notBuilt = /\.(?:test|fixture)\.tsx?$/;

function isLink(file) {
  try {
    return fs.lstatSync(path.join(root, file)).isSymbolicLink();
  } catch (missing) {
    void missing;
    return false;
  }
}

function fail(message, hint) {
  process.stderr.write('error: ' + message + '\n  try  ' + hint + '\n');
  process.exit(3);
}

function run(command, args, what) {
  process.stderr.write('gameday: ' + what + ' …\n');
  // Their standard output goes to our standard error.
  var done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.error) fail(what + ' did not start: ' + done.error.message, 'install npm, or run npm ci yourself');
  if (done.status !== 0) fail(what + ' failed', 'read the lines above; npm ci in ' + root + ' repeats it');
}

function install() {
  // npm empties what it finds there, and behind a link that is somebody else's.
  if (isLink('node_modules'))
    fail('node_modules is a link, and what it leads to does not fit', 'remove the link, then run this again');
  var args = ['ci', '--include=dev', '--include=optional', '--engine-strict=false', '--loglevel=error'];
  if (process.env.npm_execpath && process.env.npm_node_execpath)
    run(process.env.npm_node_execpath, [process.env.npm_execpath].concat(args), 'installing (once, about 20 s)');
  else run('npm', args, 'installing (once, about 20 s)');
}

/** Is this process one in which our programs can run? */
exports.isRecent = Number(process.versions.node.split('.')[0]) >= wanted;

function node() {
  if (exports.isRecent) return process.execPath;
  var own = path.join(root, 'node_modules', '.bin', 'node');
  if (fs.existsSync(own)) return own;
  var what = 'gameday needs Node ' + wanted + ' or newer; this is ' + process.version;
  return fail(what, 'install Node ' + wanted + '; on Linux npm ci brings one along');
}

/** Installs and builds what is missing or stale. */
exports.prepare = function () {
  if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) install();
  var sources = Math.max(newest(path.join(root, 'src')), modified('tsconfig.json'), modified('tsconfig.build.json'));
  if (modified('dist/.built') < sources) {
    var started = Date.now() / 1000;
    run(node(), [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], 'building');
    var built = path.join(root, 'dist', '.built');
    fs.writeFileSync(built, '');
    // What is saved while the compiler runs is newer than this build.
    fs.utimesSync(built, started, started);
  }
};

// The SQL parser of the runbooks is WebAssembly: optimising its huge grammar takes half a second and 400 MB for a moment,
// running it plainly takes neither. Code that is still being built in the background when a process exits can wait for a
// collection that never comes, and the process with it (once in about a hundred short ones). The rest keeps the conductor's
// memory flat.
var flags = [
  '--liftoff-only',
  '--no-maglev-build-code-on-background',
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--single-threaded-gc',
  '--v8-pool-size=1',
];

/** Undoes whatever a screen may have asked of the terminal; the same as in src/cli/terminal/terminal.ts, for when that has died. */
var reset = '\x1b[?2026l\x1b[<u\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1049l\x1b[?25h\x1b[0m';

/** The screen outlives its parent for a moment, and would go on drawing if it is frozen: first it, then the terminal. */
function restoreTerminal(screen, then, tries) {
  var running = true;
  try {
    process.kill(screen.pid, tries > 40 ? 'SIGKILL' : 0);
  } catch (gone) {
    void gone;
    running = false;
  }
  if (running && tries < 60) return setTimeout(restoreTerminal, 50, screen, then, tries + 1);
  fs.writeSync(1, reset);
  spawnSync('stty', ['sane', 'ixon'], { stdio: ['inherit', 'ignore', 'ignore'] });
  if (screen.runId !== null)
    process.stderr.write('gameday: the drill goes on; take it up again: gameday resume ' + screen.runId + '\n');
  return then();
}

/**
 * Runs `program` (a path in this repository) with `args`, passing on the terminal, signals and the exit code. `conducts`: it
 * breaks things and draws on the terminal, as the command does.
 */
exports.handOver = function (program, args, conducts) {
  // Over the fourth it learns that this process is gone, and tells who draws on the terminal.
  var stdio = conducts ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  var child = spawn(node(), (conducts ? flags : []).concat(path.join(root, program), args), { stdio: stdio });
  var screen = null;
  var mended = false;
  child.on('message', function (message) {
    if (message.terminalMended) mended = true;
    else screen = message.terminalTaken;
  });
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on('error', function (error) {
    fail('Node did not start: ' + error.message, 'remove node_modules and run npm start again');
  });
  child.on('exit', function (code, signal) {
    function end() {
      // The one death that the program itself cannot speak of.
      if (signal === 'SIGKILL' && conducts)
        process.stderr.write('gameday: killed; its watchdog undoes what was active, gameday list runs tells\n');
      // Node puts the terminal's modes back as it found them, unless the descriptor is closed: here they were broken.
      if (mended) [0, 1, 2].forEach(fs.closeSync);
      process.exit(signal === null ? code : 128 + (require('os').constants.signals[signal] || 0));
    }
    if (signal !== null && screen !== null) restoreTerminal(screen, end, 0);
    else end();
  });
};
