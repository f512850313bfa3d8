import { svgImage } from '@/lib/base64'

/** The icons, drawn here on a 24 px grid; they become data images, which both targets show. */
const shapes = {
  check: '<circle cx="12" cy="12" r="10" fill="C"/><path d="M7 12.5l3.4 3.4L17 9" stroke="P"/>',
  cross:
    '<circle cx="12" cy="12" r="10" fill="C"/><path d="M8.5 8.5l7 7M15.5 8.5l-7 7" stroke="P"/>',
  minus: '<circle cx="12" cy="12" r="9" stroke="C" fill="P"/><path d="M7.5 12h9" stroke="C"/>',
  half: '<circle cx="12" cy="12" r="9" stroke="C" fill="P"/><path d="M12 3a9 9 0 0 1 0 18z" fill="C"/>',
  question:
    '<circle cx="12" cy="12" r="10" fill="C"/><path d="M9.2 9.4a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.1-1.5 2.1M12 17.2v.2" stroke="P"/>',
  clock:
    '<circle cx="12" cy="12" r="9" stroke="C" fill="P"/><path d="M12 7v5.3l3.4 2" stroke="C"/>',
  pill: '<rect x="2.5" y="7.5" width="19" height="9" rx="4.5" stroke="C" fill="P"/><path d="M12 7.5h5a4.5 4.5 0 0 1 0 9h-5z" fill="C"/>',
  send: '<path d="M12 20V5M5.5 11.5L12 5l6.5 6.5" stroke="C"/><path d="M4 21h16" stroke="C"/>',
  hourglass:
    '<path d="M6 3h12M6 21h12M7.5 3c0 5 9 6 9 9s-9 4-9 9M16.5 3c0 5-9 6-9 9s9 4 9 9" stroke="C"/>',
  pen: '<path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19z" stroke="C" fill="P"/><path d="M14 6.5l3.5 3.5" stroke="C"/>',
  pause:
    '<circle cx="12" cy="12" r="9" stroke="C" fill="P"/><path d="M9.5 8.5v7M14.5 8.5v7" stroke="C"/>',
  move: '<path d="M3 12h16M13.5 6.5L19 12l-5.5 5.5" stroke="C"/>',
  film: '<rect x="2.5" y="6.5" width="13" height="11" rx="2" fill="C"/><path d="M15.5 11l6-3.5v9l-6-3.5z" fill="C" stroke="C"/>',
  stop: '<path d="M12 3l9.5 17h-19z" fill="C" stroke="C"/><path d="M12 9.5v4.5M12 17v.2" stroke="P"/>',
  next: '<path d="M9 5l7 7-7 7" stroke="C"/>',
  back: '<path d="M15 5l-7 7 7 7" stroke="C"/>',
  today:
    '<path d="M3.5 11L12 4l8.5 7" stroke="C"/><path d="M6 9.5V20h12V9.5" stroke="C"/><path d="M9 14.5l2.2 2.2L15 13" stroke="C"/>',
  calendar:
    '<rect x="3.5" y="5" width="17" height="15.5" rx="2.5" stroke="C"/><path d="M3.5 10h17M8 2.8v4M16 2.8v4" stroke="C"/>',
  person:
    '<circle cx="12" cy="8" r="4.2" stroke="C"/><path d="M3.8 21c.8-4.6 4-7 8.2-7s7.4 2.4 8.2 7" stroke="C"/>',
  phone:
    '<path d="M6 3h3.5l1.5 5-2.3 1.6a12 12 0 0 0 5.7 5.7L16 13l5 1.5V18a3 3 0 0 1-3.3 3A16 16 0 0 1 3 6.3 3 3 0 0 1 6 3z" fill="C"/>',
  nosignal:
    '<path d="M4 20v-3M9 20v-6M14 20V10M19 20V6" stroke="C"/><path d="M3 4l17 17" stroke="C"/>',
  box: '<rect x="4" y="4" width="16" height="16" rx="3" stroke="C" fill="P"/>',
  boxchecked:
    '<rect x="3" y="3" width="18" height="18" rx="4" fill="C"/><path d="M7.5 12.3l3.2 3.2L17 9" stroke="P"/>',
  ring: '<circle cx="12" cy="12" r="9" stroke="C" fill="P"/>',
  bell: '<path d="M12 3.5a6 6 0 0 0-6 6c0 5-2 6.5-2 7.5h16c0-1-2-2.5-2-7.5a6 6 0 0 0-6-6z" stroke="C" fill="P"/><path d="M10 20.5h4" stroke="C"/>',
  eye: '<path d="M2.5 12c2.2-4.3 5.5-6.5 9.5-6.5s7.3 2.2 9.5 6.5c-2.2 4.3-5.5 6.5-9.5 6.5S4.7 16.3 2.5 12z" stroke="C"/><circle cx="12" cy="12" r="3" fill="C"/>',
} as const

export type IconName = keyof typeof shapes

/** `paper` is the colour of what is left open in a filled shape. */
export function iconImage(name: IconName, colour: string, paper: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 24 24" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes[name].split('"C"').join(`"${colour}"`).split('"P"').join(`"${paper}"`)}</svg>`
  return svgImage(svg)
}
