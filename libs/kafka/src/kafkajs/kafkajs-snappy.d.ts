declare module 'kafkajs-snappy' {
  /** Makes a codec for the registry of kafkajs. */
  export default function snappyCodec(): unknown;
}
