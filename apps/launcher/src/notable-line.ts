const WARN_LEVEL = 40;
const ERROR_LEVEL = 50;

/**
 * What of a service's output deserves the launcher's screen: log lines of level warn and above in one readable line, and
 * plain text on standard error. The log file holds everything.
 */
export function notableLine(line: string, stream: 'stdout' | 'stderr'): string | undefined {
  const entry = logEntry(line);
  if (!entry) return stream === 'stderr' && line.trim() !== '' ? line : undefined;
  if (entry.level < WARN_LEVEL) return undefined;
  const { msg, event, answer, reason, code, detail, message, err } = entry;
  const facts = [msg ?? event, answer, reason, code, detail, message, err?.message];
  const text = [...new Set(facts.filter((fact) => typeof fact === 'string' && fact !== ''))].join(': ');
  return `${entry.level >= ERROR_LEVEL ? 'error' : 'warning'}: ${text}`;
}

interface LogEntry {
  readonly level: number;
  readonly msg?: string;
  /** Lines about an event have its name instead of a message, and some of the facts below. */
  readonly event?: string;
  readonly answer?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly message?: string;
  readonly err?: { readonly message?: string };
}

function logEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LogEntry>;
    return typeof entry.level === 'number' ? { ...entry, level: entry.level } : undefined;
  } catch {
    return undefined; // a line that only looks like JSON is plain text
  }
}
