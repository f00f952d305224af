/**
 * Where the image of the real Toxiproxy is not at hand and nothing can be fetched, ours in its place, under its name and
 * behind its command line, so that docker-compose.yml runs as it is. The label says what it is.
 *
 *     node test/containers/toxiproxy-image.ts      after a build; an image that is there already is left alone
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Readonly<Record<string, { readonly image: string }>>;
};
const image = services['toxiproxy']?.image ?? '';

/** Takes the flags of `toxiproxy-server`. */
const server = `#!/usr/local/bin/node
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
const given = (name, otherwise) =>
  process.argv.find((each) => each.startsWith('-' + name + '='))?.slice(name.length + 2) ?? otherwise;
const file = given('config');
const proxies = file === undefined ? [] : JSON.parse(readFileSync(file, 'utf8'));
const config = { host: given('host', 'localhost'), port: Number(given('port', 8474)), proxies };
writeFileSync('/tmp/config.json', JSON.stringify(config));
const program = '/app/dist/embedded/toxiproxy/main.js';
const child = spawn(process.execPath, [program, '/tmp/config.json'], { stdio: ['pipe', 'inherit', 'inherit'] });
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
`;

/** `toxiproxy-cli list`, as the health check asks. */
const cli = `#!/usr/local/bin/node
const answer = await fetch('http://localhost:8474/proxies');
console.log(Object.keys(await answer.json()).join('\\n'));
`;

const dockerfile = `FROM node:24-slim
LABEL gameday.stand-in=true
WORKDIR /app
COPY package.json ./
COPY dist dist
COPY toxiproxy toxiproxy-cli /
ENTRYPOINT ["/toxiproxy"]
CMD ["-host=0.0.0.0"]
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const found = spawnSync('docker', [
  'image',
  'inspect',
  '--format',
  '{{index .Config.Labels "gameday.stand-in"}}',
  image,
]);
if (found.status === 0) {
  say(`${image} is here${found.stdout.toString().trim() === 'true' ? ': our own proxy under its name' : ''}`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'gd-image-'));
  try {
    for (const [name, text] of Object.entries({ toxiproxy: server, 'toxiproxy-cli': cli, Dockerfile: dockerfile }))
      writeFileSync(join(folder, name), text, { mode: 0o755 });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    execFileSync('docker', ['build', '--quiet', '--tag', image, folder], { stdio: 'pipe' });
    say(`${image} cannot be had here: our own proxy takes its place, under its name`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
