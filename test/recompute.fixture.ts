/**
 * TEAM again, from a journal's lines alone and with nothing of the product's code: a straight script, written from the
 * rules, so that the two can disagree. Slow and plain on purpose.
 */

/** A line of a journal, as far as a score looks at it. */
type Line = {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly by?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly value?: number | null;
  readonly good?: boolean;
  readonly windowMs?: number;
  readonly buyers?: number;
  readonly buyersFailed?: number;
  readonly inFlight?: number;
  readonly dropped?: number;
  readonly lagP99Ms?: number;
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly receiver?: string;
  readonly phase?: string;
  readonly component?: string | null;
  readonly cause?: string;
  readonly status?: string;
  readonly severity?: string;
  readonly to?: string;
  readonly claim?: string;
  readonly act?: string;
  readonly level?: string;
  readonly text?: string;
  readonly cost?: number;
  readonly plan?: Planned;
};

type Planned = {
  readonly alerts: readonly {
    readonly name: string;
    readonly receiver: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
  readonly steadyState: readonly { readonly name: string }[];
  readonly truth: {
    readonly components: readonly string[];
    readonly causes: readonly string[];
    readonly severity: string;
    readonly nature: string;
    readonly healed: readonly { readonly name: string }[];
  };
  readonly reference: {
    readonly granularityMs: number;
    readonly timeline: readonly { readonly atMs: number; readonly milestone: string }[];
  };
  readonly drill: {
    readonly timeScale: number;
    readonly holdMs: number;
    readonly escalation: { readonly required: boolean; readonly to: string } | null;
    readonly harmful: readonly { readonly act: string; readonly severity: string }[];
  };
};

export type Recomputed = {
  readonly timing: number | null;
  readonly diagnosis: number | null;
  readonly safety: number;
  readonly communication: number;
  readonly autonomy: number;
  readonly total: number;
  readonly low: number;
  readonly high: number;
};

const never = Infinity;
const minute = 60_000;

/** [from, to[ with `to` = Infinity where it still holds at the end. */
type Stretch = readonly [from: number, to: number];

export const recomputeTeam = (journal: string): Recomputed => {
  const lines = journal
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const plan = lines[0]!.plan!;
  const { drill, truth } = plan;
  const k = drill.timeScale;

  // 1. The part that counts: from the first fault to the first thing that ends people's time.
  const ending = new Set([
    'fault.undone',
    'fault.undoFailed',
    'trial.ended',
    'run.stopped',
    'run.aborted',
    'run.failed',
    'run.ended',
  ]);
  const endIndex = lines.findIndex(
    (line) => ending.has(line.type) || (line.type === 'phase.entered' && line.phase === 'undo'),
  );
  const all = endIndex === -1 ? lines : lines.slice(0, endIndex);
  const endMs = lines[endIndex === -1 ? lines.length - 1 : endIndex]!.atMs;
  const broken = all.findIndex(({ type }) => type === 'fault.intended' || type === 'fault.injected');
  const injected = all.find(({ type }) => type === 'fault.injected')!;
  const since = all.filter(({ seq }) => seq > injected.seq);

  // 2. When the service was well: 8 good windows among 10 begin it, a third bad one among 10 ends it.
  const healings = (probesCount: boolean): Stretch[] => {
    const stretches: Stretch[] = [];
    const last = new Map<string, Line>();
    let windows: { state: string; start: number }[] = [];
    let ill = false;
    let from: number | null = null;
    for (const line of all.slice(broken + 1).concat()) {
      if (line.type === 'probe.measured') {
        last.set(`${line.kind}/${line.name}`, line);
        const mine =
          probesCount &&
          ((line.kind === 'steady-state' && plan.steadyState.some(({ name }) => name === line.name)) ||
            (line.kind === 'cause' && truth.healed.some(({ name }) => name === line.name)));
        if (!ill && mine && line.good === false && line.value !== null) {
          ill = true;
          windows = [];
          continue;
        }
      } else if (line.type === 'load.measured') {
        const buyers = line.buyers ?? 0;
        const failed = line.buyersFailed ?? 0;
        const probes = probesCount ? plan.steadyState.map(({ name }) => last.get(`steady-state/${name}`)) : [];
        const served = buyers > 0 && failed / buyers < 0.01;
        const harmed = buyers > 0 ? !served : (line.inFlight ?? 0) > 0 || (line.dropped ?? 0) > 0;
        const badProbe = probes.some((probe) => probe !== undefined && probe.good === false && probe.value !== null);
        let state = 'unknown';
        if (served && probes.every((probe) => probe?.good === true)) state = 'good';
        else if ((harmed || badProbe) && (line.lagP99Ms ?? 0) <= 100) state = 'bad';
        windows = [...windows, { state, start: line.atMs - (line.windowMs ?? 0) }].slice(-10);
        if (!ill && state === 'bad') {
          ill = true;
          windows = [];
          continue;
        }
      } else continue;
      if (!ill) continue;
      if (from !== null) {
        const start = from;
        const bad = windows.filter((window) => window.start >= start && window.state === 'bad');
        if (bad.length > 2) {
          stretches.push([start, line.atMs]);
          from = null;
        }
        continue;
      }
      const good = windows.filter(({ state }) => state === 'good');
      const causes =
        !probesCount ||
        truth.nature === 'external' ||
        truth.healed.every(({ name }) => last.get(`cause/${name}`)?.good === true);
      if (good.length >= 8 && windows.at(-1)!.state === 'good' && causes) from = good.at(-8)!.start;
    }
    if (from !== null) stretches.push([from, never]);
    return stretches.filter(([a, b]) => Math.min(b, endMs) - a >= drill.holdMs);
  };
  const restoredStretches = healings(true);

  // 3. When it was relieved: restored, or the cause seen gone, or buyers served for H.
  const cured: Stretch[] = [];
  if (truth.nature !== 'external') {
    const good = new Map<string, boolean>();
    let bad = false;
    let from: number | null = null;
    for (const line of all.slice(broken)) {
      if (line.type !== 'probe.measured' || line.kind !== 'cause' || line.value === null) continue;
      good.set(line.name!, line.good!);
      bad ||= !line.good!;
      const gone = bad && truth.healed.every(({ name }) => good.get(name) === true);
      if (gone && from === null) from = line.atMs;
      if (!gone && from !== null) {
        cured.push([from, line.atMs]);
        from = null;
      }
    }
    if (from !== null) cured.push([from, never]);
  }
  const relieved: Stretch[] = [];
  for (const [from, to] of [...cured, ...healings(false), ...restoredStretches].toSorted((a, b) => a[0] - b[0])) {
    const last = relieved.at(-1);
    if (last === undefined || from > last[1]) relieved.push([from, to]);
    else relieved[relieved.length - 1] = [last[0], Math.max(last[1], to)];
  }

  // 4. The milestones of the run.
  const expected = (line: Line): boolean =>
    plan.alerts.some(
      (want) =>
        want.name === line.alert &&
        Object.entries(want.labels).every(([label, value]) => line.labels?.[label] === value),
    );
  const timeOf = (line: Line | undefined): number => line?.atMs ?? never;
  const fired = timeOf(since.find((line) => line.type === 'alert.fired' && expected(line)));
  const delivered = timeOf(
    since.find(
      (line) =>
        line.type === 'alert.delivered' &&
        expected(line) &&
        plan.alerts.some(({ name, receiver }) => name === line.alert && receiver === line.receiver),
    ),
  );
  const report = timeOf(
    since.find(
      ({ type, status }) =>
        ['team.updated', 'team.severityDeclared', 'team.escalated'].includes(type) ||
        (type === 'team.hypothesised' && status !== 'ruled-out'),
    ),
  );
  const notified = Math.min(delivered, report);
  const detected = Math.min(fired, notified);
  const paged = Math.min(notified, never) === never ? detected : notified;
  const engaged = timeOf(
    since.find(({ type, atMs }) => (type.startsWith('team.') || type === 'hint.taken') && atMs >= paged),
  );
  const about = (line: Line): string | null | undefined => {
    if (line.type === 'team.focused' || line.type === 'team.queried') return line.component;
    return line.type === 'team.hypothesised' && line.status !== 'ruled-out' ? line.cause!.split('/')[0] : undefined;
  };
  const isRight = (line: Line): boolean => truth.components.includes(about(line) ?? '');
  const standing = new Map<string, Line>();
  for (const line of all) if (line.type === 'team.focused' && line.seq < injected.seq) standing.set(line.by!, line);
  const alreadyRight = [...standing.values()].some(isRight);
  const firstRight = alreadyRight ? injected.atMs : timeOf(since.find(isRight));
  const rightLead = engaged === never || firstRight === never ? never : Math.max(firstRight, engaged);
  const diagnosed = timeOf(
    since.find(
      ({ type, status, cause }) =>
        type === 'team.hypothesised' && status === 'confirmed' && truth.causes.includes(cause!),
    ),
  );
  const escalated = timeOf(since.find(({ type, to }) => type === 'team.escalated' && to === drill.escalation?.to));
  const atEnd = (stretches: readonly Stretch[]): number =>
    engaged === never ? never : (stretches.find(([, to]) => to === never)?.[0] ?? never);
  const mitigated = atEnd(relieved);
  const restored = atEnd(restoredStretches);

  // 5. Claims.
  const claims: { weight: number; isTrue: boolean; resolvedMs: number }[] = [];
  const said = new Set<string>();
  for (const line of since) {
    let claim: { what: string; weight: number; isTrue: boolean };
    if (line.type === 'team.hypothesised' && line.status === 'confirmed')
      claim = { what: line.cause!, weight: 1, isTrue: truth.causes.includes(line.cause!) };
    else if (line.type === 'team.claimed' && line.claim === 'mitigated')
      claim = { what: 'mitigated', weight: 1, isTrue: relieved.some(([a, b]) => a <= line.atMs && line.atMs < b) };
    else if (line.type === 'team.claimed')
      claim = {
        what: 'resolved',
        weight: 2,
        isTrue: restoredStretches.some(([a, b]) => a + drill.holdMs <= line.atMs && line.atMs < b),
      };
    else continue;
    if (claim.isTrue && said.has(claim.what)) continue;
    if (claim.isTrue) said.add(claim.what);
    claims.push({ ...claim, resolvedMs: claim.what === 'resolved' && claim.isTrue ? line.atMs : never });
  }
  const firstResolved = Math.min(never, ...claims.map(({ resolvedMs }) => resolvedMs));
  const confirmed = restored === never || firstResolved === never ? never : Math.max(restored, firstResolved);

  // 6. The reference.
  const timeline = plan.reference.timeline;
  const first = (...names: string[]): number =>
    timeline.find(({ milestone }) => names.includes(milestone))?.atMs ?? never;
  const refResolved = first('resolved');
  const refMitigated =
    timeline.findLast(({ milestone, atMs }) => milestone === 'mitigated' && atMs <= refResolved)?.atMs ?? never;
  const acknowledged = first('acknowledged');
  const refEngaged =
    acknowledged === never ? first('investigating', 'wrong_lead', 'right_lead', 'diagnosed') : acknowledged;
  const refNotified = first('notified');

  // 7. Timing.
  const rows = [
    refNotified === never
      ? { ref: first('detected'), run: detected, points: 0 }
      : { ref: refNotified, run: notified === never ? detected : notified, points: 0 },
    { ref: refEngaged, run: engaged, points: 6 },
    { ref: first('right_lead'), run: rightLead, points: 10 },
    { ref: first('diagnosed'), run: diagnosed, points: 10 },
    { ref: refMitigated, run: mitigated, points: 12 },
    { ref: refResolved, run: confirmed, points: 8 },
  ];
  // What the postmortem lacks or has out of order is merged into what follows it; nothing follows the end, nothing comes before the start.
  const chain: { ref: number; run: number; points: number }[] = [];
  let carried = 0;
  for (const [index, row] of rows.entries()) {
    const laterRef = rows.slice(index + 1).filter(({ ref }) => ref !== never);
    const misplaced = chain.length > 0 && laterRef.some(({ ref }) => ref < row.ref);
    if (row.ref === never || misplaced) {
      carried += row.points;
      continue;
    }
    chain.push({ ...row, points: chain.length === 0 ? 0 : row.points + carried });
    carried = 0;
  }
  const hints = all.filter(({ type }) => type === 'hint.taken');
  const quality = (observed: number, gap: number, solved: boolean): number => {
    const x = observed / Math.max(gap / k, 2 * minute);
    const q = x <= 0 ? 1 : Math.min(1, Math.max(0, 0.5 - 0.5 * Math.log2(x)));
    return solved ? Math.min(0.25, q) : q;
  };
  const timingAt = (shift: number): number | null => {
    let sum = 0;
    let of = 0;
    const lastReached = chain.findLastIndex(({ run }) => run !== never);
    let from = chain[0]!;
    let merged = 0;
    for (const [index, row] of chain.entries()) {
      if (index === 0) continue;
      const later = chain.slice(index + 1, lastReached + 1).map(({ run }) => run);
      if (index <= lastReached && (row.run === never || later.some((run) => run < row.run))) {
        merged += row.points;
        continue;
      }
      const points = row.points + merged;
      merged = 0;
      of += points;
      if (row.run !== never && from.run !== never) {
        const began = from.run;
        const solved = hints.some(({ level, atMs }) => level === 'solution' && atMs >= began && atMs < row.run);
        sum += points * quality(Math.max(0, row.run - began), row.ref - from.ref + shift, solved);
      }
      from = row;
    }
    const refEscalated = first('escalated');
    const applies =
      refEngaged !== never && refEscalated !== never && (escalated !== never || drill.escalation?.required === true);
    if (applies) {
      of += 4;
      if (escalated !== never && engaged !== never)
        sum += 4 * quality(Math.max(0, escalated - engaged), refEscalated - refEngaged + shift, false);
    }
    return of === 0 ? null : (sum * 50) / of;
  };

  // 8. Diagnosis: wrong leads.
  const searchTo = Math.min(mitigated, endMs);
  let wrong = 0;
  let undeclared = 0;
  if (engaged !== never) {
    const focuses = all.filter(({ type, atMs }) => type === 'team.focused' && atMs < searchTo);
    const edges = [engaged, ...focuses.map(({ atMs }) => atMs).filter((atMs) => atMs > engaged), searchTo];
    for (const [index, from] of edges.slice(0, -1).entries()) {
      const looking = new Map<string, string>();
      for (const line of focuses) if (line.atMs <= from) looking.set(line.by!, line.component!);
      const length = edges[index + 1]! - from;
      if (looking.size === 0) undeclared += length;
      else if (![...looking.values()].some((component) => truth.components.includes(component))) wrong += length;
    }
  }
  const search = engaged === never ? 0 : searchTo - engaged;
  const refFrom = [refEngaged, refNotified, first('detected')].find((at) => at !== never) ?? never;
  const refTo = refMitigated === never ? refResolved : refMitigated;
  let refWrong = 0;
  for (const [index, { milestone, atMs }] of timeline.entries())
    if (milestone === 'wrong_lead')
      refWrong += Math.max(0, Math.min(timeline[index + 1]?.atMs ?? refTo, refTo) - Math.max(atMs, refFrom));
  const refShare = refWrong > 0 && refTo > refFrom ? refWrong / (refTo - refFrom) : 0.25;
  const parts: { points: number; of: number }[] = [];
  if (search > 0 && undeclared <= search / 2)
    parts.push({ points: 9 * Math.min(1, Math.max(0, 1 - wrong / search / (2 * refShare))), of: 9 });
  if (claims.length > 0) {
    const weight = claims.reduce((sum, claim) => sum + claim.weight, 0);
    const right = claims.filter(({ isTrue }) => isTrue).reduce((sum, claim) => sum + claim.weight, 0);
    parts.push({ points: (6 * right) / weight, of: 6 });
  }
  const scaled = (of: number, some: readonly { points: number; of: number }[]): number | null => {
    const max = some.reduce((sum, part) => sum + part.of, 0);
    return max === 0 ? null : (some.reduce((sum, part) => sum + part.points, 0) * of) / max;
  };
  const diagnosis = scaled(15, parts);

  // 9. Safety.
  const price: Record<string, number> = { minor: 3, major: 7, critical: 15 };
  const windows = all.filter(({ type }) => type === 'load.measured');
  const shareOf = (some: readonly Line[]): number | null => {
    const buyers = some.reduce((sum, line) => sum + line.buyers!, 0);
    return buyers === 0 ? null : some.reduce((sum, line) => sum + line.buyersFailed!, 0) / buyers;
  };
  const startOf = (line: Line): number => line.atMs - line.windowMs!;
  let harm = 0;
  let critical = false;
  let charged = -never;
  for (const line of all.filter(({ type }) => type === 'team.acted')) {
    const listed = drill.harmful.find(({ act }) => act === line.act);
    if (listed !== undefined) {
      harm += price[listed.severity]!;
      critical ||= listed.severity === 'critical';
      continue;
    }
    const t = line.atMs;
    const known = since.find((other) => other.type === 'alert.fired' && expected(other));
    const afterInjection = line.seq > injected.seq;
    if (afterInjection && (known === undefined || line.seq < known.seq)) continue;
    if (!afterInjection && t + minute > injected.atMs) continue;
    const seen = windows.filter(({ seq }) => seq < line.seq);
    const before = shareOf(seen.filter((w) => startOf(w) >= Math.max(t - minute, afterInjection ? known!.atMs : 0)));
    const next = windows.filter(({ seq }) => seq > line.seq);
    const after = shareOf(next.filter((w) => startOf(w) >= t && w.atMs <= t + minute)) ?? 0;
    if (before === null || after - before < 0.1 - 1e-9) continue;
    const returns = next.some((w) => {
      if (w.atMs <= t + minute) return false;
      const now = shareOf(windows.filter((o) => o.seq <= w.seq && startOf(o) >= w.atMs - minute));
      return now !== null && now - before < 0.1 - 1e-9;
    });
    const heals = relieved.some(([from]) => from >= t && from <= t + minute);
    if (!returns || heals || t < charged + minute) continue;
    charged = t;
    harm += price['minor']!;
  }
  const safety = Math.max(0, 15 - harm);

  // 10. Communication.
  const talk: { points: number; of: number }[] = [];
  const windowTo = Math.min(restored, endMs);
  if (engaged !== never && windowTo > engaged) {
    const updates = all.filter(
      ({ type, claim, atMs }) =>
        (['team.updated', 'team.severityDeclared', 'team.leadNamed', 'team.escalated'].includes(type) ||
          (type === 'team.claimed' && claim === 'resolved')) &&
        atMs >= engaged &&
        atMs <= windowTo,
    );
    const edges = [engaged, ...updates.map(({ atMs }) => atMs), windowTo];
    const allowed = Math.max(5, 20 / k) * minute;
    const late = edges.slice(1).reduce((sum, to, index) => sum + Math.max(0, to - edges[index]! - allowed), 0);
    talk.push({ points: 6 * (1 - late / (windowTo - engaged)), of: 6 });
  }
  const rank = (severity: string): number => Number(/^SEV-(\d)$/.exec(severity)?.[1]);
  if (!Number.isNaN(rank(truth.severity))) {
    const ranks = since
      .filter(({ type, atMs }) => type === 'team.severityDeclared' && engaged !== never && atMs <= engaged + 5 * minute)
      .map(({ severity }) => rank(severity!));
    const lower = Math.min(never, ...ranks) - rank(truth.severity);
    talk.push({ points: lower <= 0 ? 3 : lower === 1 ? 1.5 : 0, of: 3 });
  }
  talk.push({ points: all.some(({ type }) => type === 'team.leadNamed') ? 1.5 : 0, of: 1.5 });
  talk.push({ points: confirmed === never ? 0 : 1.5, of: 1.5 });
  const communication = scaled(12, talk)!;

  // 11. Autonomy, the sum, the gates, the range.
  const opened = new Map(hints.map((hint) => [`${hint.level} ${hint.text}`, hint.cost!]));
  const autonomy = Math.max(0, 8 - [...opened.values()].reduce((sum, cost) => sum + cost, 0));
  const totalAt = (shift: number): number => {
    const groups: readonly (readonly [number | null, number])[] = [
      [timingAt(shift), 50],
      [diagnosis, 15],
      [safety, 15],
      [communication, 12],
      [autonomy, 8],
    ];
    const seen = groups.filter(([points]) => points !== null);
    const of = seen.reduce((sum, [, max]) => sum + max, 0);
    let total = (seen.reduce((sum, [points]) => sum + points!, 0) * 100) / of;
    if (critical) total = Math.min(total, 59.9);
    if (restored === never) total = Math.min(total, 49.9);
    return total;
  };
  const { granularityMs } = plan.reference;
  return {
    timing: timingAt(0),
    diagnosis,
    safety,
    communication,
    autonomy,
    total: totalAt(0),
    low: totalAt(-granularityMs),
    high: totalAt(granularityMs),
  };
};
