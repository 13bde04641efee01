/** What the intake tells of itself: counts and codes, never whom they are about. */
export type IntakeEvent =
  /** The delivery store or the message store failed; the news were told without it. */
  | {
      readonly kind: 'store-failed';
      readonly account: string;
      readonly step: 'claim' | 'find' | 'settle' | 'release';
      readonly code: string;
    }
  /** One callback was looked through. */
  | {
      readonly kind: 'news-taken';
      readonly account: string;
      readonly toTell: number;
      /** Told before, or twice in the callback: dropped. */
      readonly duplicates: number;
      /** Still being told by somebody else when the wait for him was over. */
      readonly elsewhere: number;
      /** For a message to become known, or for somebody else's telling. */
      readonly waitedMs: number;
    }
  | {
      readonly kind: 'news-told';
      readonly account: string;
      readonly told: number;
      /** Of these, told without their message. */
      readonly uncorrelated: number;
    };
