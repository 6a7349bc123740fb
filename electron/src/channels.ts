export const COPY_TEXT = "platform:copy-text";
export const KEEP_AWAKE = "platform:keep-awake";
export const ADDRESS_READ = "address:read";
export const ADDRESS_CHOOSE = "address:choose";

/** What the address form starts with. */
export interface AddressState {
  readonly address: string;
  readonly problem: string;
}

/** What the address form may do, and nothing else. */
export interface AddressForm {
  read(): Promise<AddressState>;
  /** The problem with the address, or "" when the window is on its way there. */
  choose(address: string): Promise<string>;
}
