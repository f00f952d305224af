/** What an experiment may ask of a target; see `guards.ts`. */
import type { ServerFacts } from '../environments/attached/inspection.ts';
import type { Expiry } from '../faults/fault.ts';
import { formatDuration } from '../units.ts';
import type { Asked, Guarded, Refusal, Rule } from './guards.ts';

export const experimentRules = (target: Guarded, asked: Asked): readonly Refusal[] => [
  ...capabilityRule(target, asked),
  ...expiryRule(target, asked),
  ...blastRadiusRules(target, asked),
];

const capabilityRule = (
  { name, capabilities, logins, settings, inspection: { server } }: Guarded,
  { experiment, needs, holds, followsRunbook, at }: Asked,
): readonly Refusal[] => {
  const missing = needs.filter((need) => !capabilities.includes(need));
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            rule: 'capability',
            message: `${experiment} needs ${missing.join(', ')}; environment "${name}" cannot do that`,
            at,
            hint: `choose an experiment that needs only ${capabilities.join(', ')}; gameday env check ${name} shows why`,
          } as const,
        ]),
    ...(!followsRunbook || server === null || server.operator.seesFiles
      ? []
      : [
          {
            rule: 'capability',
            message: `${experiment} follows a runbook, and ${server.operator.role} may not see which settings it changes`,
            at: settings.at,
            hint: `gameday env grants ${name} prints what it needs for that`,
          } as const,
        ]),
    ...(!holds || logins.neighbour !== null
      ? []
      : [
          {
            rule: 'capability',
            message: `${experiment} holds connections; environment "${name}" names no role that may`,
            at: settings.at,
            hint: `add postgres.neighbour; gameday env grants ${name} prints such a role`,
          } as const,
        ]),
  ];
};

const expiryRule = (
  { name, settings, inspection: { server, proxy } }: Guarded,
  { faults }: Asked,
): readonly Refusal[] =>
  faults.flatMap(({ fault, expires, at }) => {
    const why = whyNotExpires(expires, server, proxy?.knowsTtl ?? false);
    return why === undefined || settings.accept.includes(fault)
      ? []
      : [
          {
            rule: 'expiry',
            message: `${fault} does not end by itself: ${why}`,
            at,
            hint: `where somebody can undo it by hand at any hour, write accept: [${fault}] into environments.${name}; gameday env check ${name} --experiment prints how`,
          } as const,
        ];
  });

/** In an attached environment a fault has to end although nobody of ours is left (the watchdog's machine can sleep). */
export const whyNotExpires = (
  expires: Expiry,
  server: ServerFacts | null,
  proxyKnowsTtl: boolean,
): string | undefined => {
  switch (expires) {
    case 'with its sessions':
      return (server?.versionNumber ?? 0) >= 140_000
        ? undefined
        : 'before PostgreSQL 14 a session can outlive the client that is gone';
    case 'by proxy ttl':
      return proxyKnowsTtl ? undefined : 'this Toxiproxy knows no time to live (gameday toxiproxy does)';
    case 'never':
      return 'nothing but its undo ends it';
    default:
      return expires satisfies never;
  }
};

/** Slots that stay free for a login that helps. */
const freeMin = 5;

const blastRadiusRules = (
  { name, settings, inspection: { server } }: Guarded,
  { experiment, at, connections, proxies, lastsMs, holds }: Asked,
): readonly Refusal[] => {
  const { blastRadius } = settings;
  const refused = (rule: Rule, message: string, hint: string, where = at): Refusal => ({
    rule,
    message,
    at: where,
    hint,
  });
  const others = proxies.filter((proxy) => !blastRadius.proxies.includes(proxy));
  const found: Refusal[] = [];
  if (connections.count > blastRadius.connections)
    found.push(
      refused(
        'blast-radius',
        `${experiment} asks for ${connections.count} connections; environment "${name}" allows ${blastRadius.connections}`,
        `ask for fewer, or raise environments.${name}.blastRadius.connections in gameday.yaml`,
        connections.at,
      ),
    );
  if (others.length > 0)
    found.push(
      refused(
        'blast-radius',
        `${experiment} slows proxy ${others.join(', ')}; environment "${name}" allows ${blastRadius.proxies.join(', ') || 'none'}`,
        `add it to environments.${name}.blastRadius.proxies in gameday.yaml`,
      ),
    );
  if (lastsMs > blastRadius.durationMs)
    found.push(
      refused(
        'blast-radius',
        `${experiment} may last ${formatDuration(lastsMs)}; environment "${name}" allows ${formatDuration(blastRadius.durationMs)}`,
        `shorten what it waits for, or raise environments.${name}.blastRadius.duration in gameday.yaml`,
      ),
    );
  if (server === null) return found;
  const { max, reserved, usedByOthers } = server.connections;
  const left = max - reserved - usedByOthers;
  if (connections.count > left)
    found.push(
      refused(
        'blast-radius',
        `${experiment} asks for ${connections.count} connections; others than the service leave ${Math.max(0, left)} of ${max - reserved}`,
        'ask for fewer, or come back when fewer are in use',
        connections.at,
      ),
    );
  const { operator } = server;
  if (holds && connections.count > left - freeMin && !operator.superuser && !operator.reservedSlots)
    found.push(
      refused(
        'way-in',
        `${experiment} leaves ${Math.max(0, left - connections.count)} free slots, and ${operator.role} may not use reserved ones: its undo could be locked out`,
        `set reserved_connections and grant pg_use_reserved_connections to ${operator.role} (PostgreSQL 16+), or ask for fewer`,
        connections.at,
      ),
    );
  return found;
};
