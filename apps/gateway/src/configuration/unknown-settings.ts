import { distance } from 'fastest-levenshtein';

/** Names that begin like this are ours alone: nobody else sets them by chance. */
const OUR_PREFIXES = [
  'ACCOUNTS_',
  'AMBIGUOUS_',
  'CALLBACK_',
  'CALLERS_',
  'IDEMPOTENCY_',
  'INSIDER_',
  'KAFKA_',
  'PAIR_',
  'QUEUE_',
  'SPOOL_',
  'TOPIC_',
  'WINDOW_',
];

/** What Kubernetes sets for a service in the same namespace, for example for services named `kafka` or `redis`. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)$/;

/** What Kafka's own scripts read, which may stand in the same environment. */
const KAFKA_SCRIPTS = /^KAFKA_(HOME|(\w+_)?OPTS)$/;

const MOST_TYPING_ERRORS = 2;

/** Names that look like a setting and are none, each with the setting that was probably meant. */
export function unknownSettings(
  given: readonly string[],
  known: readonly string[],
): { readonly name: string; readonly meant: string | undefined }[] {
  const accepted = new Set(known.flatMap((name) => [name, `${name}_FILE`]));
  return given
    .filter((name) => !accepted.has(name) && !SERVICE_LINK.test(name) && !KAFKA_SCRIPTS.test(name))
    .flatMap((name) => {
      const ours = OUR_PREFIXES.some((prefix) => name.startsWith(prefix));
      const meant = nearest(name, accepted) ?? (ours ? continuing(name, known) : undefined);
      return ours || meant !== undefined ? [{ name, meant }] : [];
    });
}

/** The setting whose name goes on where this one ends: most often a unit was left out. */
function continuing(name: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => candidate.startsWith(`${name}_`));
}

function nearest(name: string, accepted: ReadonlySet<string>): string | undefined {
  // Short names of other programs are too near to anything: LANG, TERM, PWD.
  if (name.length < 5) return undefined;
  return [...accepted]
    .map((candidate) => ({ candidate, errors: distance(name.toUpperCase(), candidate) }))
    .filter(({ candidate, errors }) => errors <= MOST_TYPING_ERRORS && errors < candidate.length / 3)
    .sort((a, b) => a.errors - b.errors)[0]?.candidate;
}
