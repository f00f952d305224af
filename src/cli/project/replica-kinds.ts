/** The replicas of ours, by the names that `--env` knows without a gameday.yaml. Light, because help loads it, too. */
export const replicas = ['embedded', 'containers'] as const;
export type Replica = (typeof replicas)[number];

export const isReplica = (name: string): name is Replica => (replicas as readonly string[]).includes(name);
