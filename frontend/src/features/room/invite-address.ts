const THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Where guests find the room. A server that was told no address calls itself localhost, which is another machine for
 * everybody else: whoever came by a name that reaches it passes that name on.
 */
export function inviteAddress(url: string, page: Pick<Location, "origin" | "hostname">): string {
  const { hostname, pathname } = new URL(url);
  return THIS_MACHINE.test(hostname) && !THIS_MACHINE.test(page.hostname) ? `${page.origin}${pathname}` : url;
}
