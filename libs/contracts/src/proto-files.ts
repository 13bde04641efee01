import { fileURLToPath } from 'node:url';

/** Folder that imports inside the proto files are relative to. */
export const PROTO_FOLDER = fileURLToPath(new URL('../../../proto', import.meta.url));

/** The service's proto file, relative to {@link PROTO_FOLDER}. */
export const CONVERSATIONAL_PROTO = 'parley/conversational/v1/conversational.proto';

/** The service's protobuf package and its fully qualified name. */
export const CONVERSATIONAL_PACKAGE = 'parley.conversational.v1';
export const CONVERSATIONAL_SERVICE = `${CONVERSATIONAL_PACKAGE}.ConversationalService`;
