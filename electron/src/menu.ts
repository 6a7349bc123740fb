import { Menu, type MenuItemConstructorOptions } from "electron";

/** The keys people know, and the way to another server. */
export function setMenu(isMac: boolean, onOtherServer: () => void): void {
  const file: MenuItemConstructorOptions[] = [
    { label: "Another server…", click: onOtherServer },
    { type: "separator" },
    { role: isMac ? "close" : "quit" },
  ];
  const view: MenuItemConstructorOptions[] = [
    { role: "reload" },
    { type: "separator" },
    { role: "resetZoom" },
    { role: "zoomIn" },
    { role: "zoomOut" },
    { type: "separator" },
    { role: "togglefullscreen" },
  ];
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: "appMenu" } as const] : []),
    { label: "File", submenu: file },
    { role: "editMenu" },
    { label: "View", submenu: view },
    { role: "windowMenu" },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
