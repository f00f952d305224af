/**
 * `node:http`, of which an import statement loads every part, among them a WebSocket and with it another HTTP client, TLS
 * and HTTP/2: a tenth of this program's memory, which it never uses.
 */
export const { Agent, createServer, request } = process.getBuiltinModule('node:http');
