/**
 * How the server of a replica is set. `docker-compose.yml` repeats these for the containers; a test keeps the two equal.
 *
 * Sixty slots: fifteen are reserved, two shop instances may take twenty each. The reserve is that large because a login
 * that is being refused takes a slot for a moment, too, and an exhausted server refuses a hundred a second
 * (docs/decisions/0003-reserved-slots.md).
 */
export const replicaSettings = {
  max_connections: '60',
  superuser_reserved_connections: '3',
  reserved_connections: '12',
  shared_buffers: '32MB',
  log_connections: 'off',
  log_line_prefix: '%m [%p] %q%u@%d %a ',
  log_lock_waits: 'on',
  log_checkpoints: 'off',
} as const;
