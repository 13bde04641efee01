/** Where the provider's callbacks come in, under the account they are for. */
export const CALLBACKS_PATH = 'callbacks/insider';
