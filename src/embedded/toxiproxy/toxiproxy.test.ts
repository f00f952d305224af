import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Toxiproxy } from 'toxiproxy-node-client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startToxiproxy, type RunningToxiproxy } from './toxiproxy.ts';

let toxiproxy: RunningToxiproxy;
let client: Toxiproxy;
beforeAll(async () => {
  toxiproxy = await startToxiproxy({
    host: '127.0.0.1',
    port: 0,
    proxies: [{ name: 'given', listen: 'localhost:0', upstream: '127.0.0.1:1' }],
  });
  client = new Toxiproxy(toxiproxy.url);
});
afterAll(async () => await toxiproxy.close());

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${toxiproxy.url}${path}`, {
    method,
    headers,
    ...(text === undefined ? {} : { body: text }),
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

const newProxy = async (name: string) => {
  const proxy = await client.createProxy({ name, listen: '127.0.0.1:0', upstream: '127.0.0.1:1', enabled: true });
  onTestFinished(async () => void (await call('DELETE', `/proxies/${name}`)));
  return proxy;
};

test('proxies of the configuration listen from the start, and their real ports are told', async () => {
  expect(toxiproxy.proxies).toEqual([{ name: 'given', listen: expect.stringMatching(/^127\.0\.0\.1:[1-9]\d+$/) }]);
  const proxy = await client.get('given');
  expect(proxy.listen).toBe(toxiproxy.proxies[0]?.listen);
});

test('a server whose port is taken does not start and leaves no proxy behind', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  const starting = startToxiproxy({
    host: '127.0.0.1',
    port,
    proxies: [{ name: 'a', listen: '127.0.0.1:0', upstream: 'x:1' }],
  });
  await expect(starting).rejects.toThrow('EADDRINUSE');
});

describe('the Node client', () => {
  test('creates, finds, updates and removes proxies and toxics', async () => {
    const proxy = await newProxy('by-client');
    const toxic = await proxy.addToxic({
      name: 'slow',
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      attributes: { latency: 100, jitter: 0 },
    });
    expect((await proxy.getToxic('slow')).attributes).toEqual({ latency: 100, jitter: 0 });
    await toxic.remove();
    await expect(proxy.getToxic('slow')).rejects.toThrow('404');
    const disabled = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    expect(disabled).toMatchObject({ enabled: false, listen: proxy.listen });
    expect(Object.keys(await client.getAll())).toEqual(['given', 'by-client']);
  });

  test('populates several proxies at once, and reset enables them and removes their toxics', async () => {
    const created = await client.populate([
      { name: 'p1', listen: '127.0.0.1:0', upstream: '127.0.0.1:1', enabled: true },
      { name: 'p2', listen: '127.0.0.1:0', upstream: '127.0.0.1:1', enabled: false },
    ]);
    onTestFinished(
      async () => void (await Promise.all(['p1', 'p2'].map((name) => call('DELETE', `/proxies/${name}`)))),
    );
    expect([created['p1']?.enabled, created['p2']?.enabled]).toEqual([true, false]);
    await call('POST', '/proxies/p1/toxics', { type: 'timeout' });
    await client.reset();
    expect(await call('GET', '/proxies/p1/toxics')).toMatchObject({ text: '[]\n' });
    expect((await client.get('p2')).enabled).toBe(true);
  });

  test('reads the version', async () => {
    expect(JSON.parse(await client.getVersion())).toEqual({ version: '2.12.0' });
  });
});

describe('answers', () => {
  test('an error is text that holds JSON: the reason and the status', async () => {
    expect(await call('GET', '/proxies/none')).toEqual({
      status: 404,
      type: 'text/plain; charset=utf-8',
      text: '{"error":"proxy not found","status":404}\n',
    });
    expect(await call('POST', '/proxies', '{')).toMatchObject({
      status: 400,
      text: expect.stringContaining('bad request body: '),
    });
    expect(await call('POST', '/proxies/none/toxics', '{')).toMatchObject({ status: 404 });
  });

  test('an error of a list says what was done before it', async () => {
    await newProxy('first');
    const { listen } = await client.get('first');
    const answer = await call('POST', '/populate', [
      { name: 'first', listen, upstream: '127.0.0.1:1' },
      { name: 'second', listen, upstream: '127.0.0.1:1' },
    ]);
    expect(answer).toMatchObject({ status: 500, type: 'application/json' });
    expect(JSON.parse(answer.text)).toMatchObject({
      error: `listen tcp ${listen}: bind: address already in use`,
      proxies: [{ name: 'first' }],
    });
    expect(await call('GET', '/proxies/second')).toMatchObject({ status: 404 });
  });

  test('unknown paths are 404, known ones with another method 405, broken encodings 400, browsers 403', async () => {
    expect(await call('GET', '/proxies/')).toMatchObject({ status: 404, text: '404 page not found\n' });
    expect(await call('PUT', '/version')).toMatchObject({ status: 405, text: '' });
    expect(await call('GET', '/proxies/%zz')).toMatchObject({ status: 400 });
    expect(await call('GET', '/version', undefined, { 'user-agent': 'Mozilla/5.0' })).toMatchObject({ status: 403 });
  });

  test('a path with doubled slashes leads to the clean one', async () => {
    const answer = await fetch(`${toxiproxy.url}//proxies`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([301, '/proxies']);
  });

  test('a body that is too long is read to its end, and the connection serves the next request', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(2_000_000) });
    for (const path of ['/proxies', '/nowhere', '/version'])
      expect((await call('POST', path, body)).status).toBe({ '/proxies': 400, '/nowhere': 404, '/version': 405 }[path]);
    expect(await call('POST', '/proxies', body)).toMatchObject({
      text: '{"error":"bad request body: longer than 1048576 bytes","status":400}\n',
    });
  });

  test('every error of a list is JSON and says what was done, also when nothing was', async () => {
    for (const body of ['{', '{}', '[{"name":"a"}]', '[{"name":1}]']) {
      const answer = await call('POST', '/populate', body);
      expect(answer).toMatchObject({ status: 400, type: 'application/json' });
      expect(JSON.parse(answer.text)).toMatchObject({ proxies: [] });
    }
  });

  test('a proxy without an address to listen on takes any port of every interface', async () => {
    onTestFinished(async () => void (await call('DELETE', '/proxies/anywhere')));
    const { text } = await call('POST', '/proxies', { name: 'anywhere', upstream: '127.0.0.1:1' });
    expect(JSON.parse(text)).toMatchObject({ listen: expect.stringMatching(/^(\[::\]|0\.0\.0\.0):[1-9]\d+$/) });
  });

  test('moved to an address that cannot be, a proxy stays; to one that is taken, it is disabled there', async () => {
    const { listen } = await newProxy('mover');
    const { listen: taken } = await newProxy('holder');
    expect(await call('PATCH', '/proxies/mover', { listen: 'garbage' })).toMatchObject({ status: 500 });
    expect(await client.get('mover')).toMatchObject({ listen, enabled: true });
    expect(await call('PATCH', '/proxies/mover', { listen: taken })).toMatchObject({ status: 500 });
    expect(await client.get('mover')).toMatchObject({ listen: taken, enabled: false });
  });

  test('of twenty creations of one name at once, one wins', async () => {
    onTestFinished(async () => void (await call('DELETE', '/proxies/wanted')));
    const body = { name: 'wanted', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('POST', '/proxies', body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test('names of fields match in any case, null is not given, what is unknown is ignored', async () => {
    onTestFinished(async () => void (await call('DELETE', '/proxies/odd')));
    const body = { NAME: 'odd', Listen: '127.0.0.1:0', upstream: 'h:1', enabled: null, colour: 5 };
    expect(await call('POST', '/proxies', body)).toMatchObject({
      status: 201,
      text: expect.stringContaining('"enabled":true'),
    });
  });

  test('a proxy may be called like a property of every object', async () => {
    await newProxy('__proto__');
    const { text } = await call('GET', '/proxies');
    expect(Object.keys(JSON.parse(text) as object)).toContain('__proto__');
  });
});

describe('attributes that crash the original are refused', () => {
  test.each([
    ['bandwidth', { rate: -1 }, 'rate must be an integer from 0, not -1'],
    ['latency', { latency: 1.5 }, 'latency must be an integer from 0, not 1.5'],
    ['latency', { latency: 'fast' }, 'latency must be a number'],
    ['latency', { latency: -5 }, 'latency must be an integer from 0, not -5'],
    ['slicer', { average_size: 10, size_variation: 11 }, 'size_variation 11 is larger than average_size 10'],
  ])('%s %j', async (type, attributes, why) => {
    await newProxy('strict');
    const answer = await call('POST', '/proxies/strict/toxics', { type, attributes });
    expect(answer).toMatchObject({ status: 400, text: `{"error":"bad request body: ${why}","status":400}\n` });
    expect(await call('GET', '/proxies/strict/toxics')).toMatchObject({ text: '[]\n' });
  });

  test('a refused update changes nothing', async () => {
    await newProxy('steady');
    await call('POST', '/proxies/steady/toxics', { type: 'latency', attributes: { latency: 5 } });
    const update = { toxicity: 0.5, attributes: { latency: 9, jitter: 'no' } };
    expect(await call('PATCH', '/proxies/steady/toxics/latency_downstream', update)).toMatchObject({ status: 400 });
    const { text } = await call('GET', '/proxies/steady/toxics/latency_downstream');
    expect(JSON.parse(text)).toMatchObject({ toxicity: 1, attributes: { latency: 5, jitter: 0 } });
  });
});

test('toxicity is kept as a 32-bit float and shown as its shortest decimal', async () => {
  await newProxy('shares');
  const { text } = await call('POST', '/proxies/shares/toxics', { type: 'noop', toxicity: 1 / 3 });
  expect(text).toContain('"toxicity":0.33333334');
  expect(await call('PATCH', '/proxies/shares/toxics/noop_downstream', { toxicity: 1e40 })).toMatchObject({
    text: '{"error":"bad request body: toxicity 1e+40 is too large","status":400}\n',
  });
});

test('the stream is read in any case and shown as it was written', async () => {
  await newProxy('streams');
  const { text } = await call('POST', '/proxies/streams/toxics', { type: 'noop', stream: 'UpStream' });
  expect(JSON.parse(text)).toMatchObject({ name: 'noop_UpStream', stream: 'UpStream' });
});

test('toxics are listed in the order in which they act: upstream first, each as created', async () => {
  await newProxy('order');
  for (const [name, stream] of [
    ['a', 'downstream'],
    ['b', 'upstream'],
    ['c', 'downstream'],
  ])
    await call('POST', '/proxies/order/toxics', { name, stream, type: 'noop' });
  const { text } = await call('GET', '/proxies/order/toxics');
  expect((JSON.parse(text) as { name: string }[]).map(({ name }) => name)).toEqual(['b', 'a', 'c']);
});
