/** WeChat asks for this file when a tab bar is custom; ours is part of each page (components/tab-bar). */
export default function CustomTabBar() {
  return null
}
