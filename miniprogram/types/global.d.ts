/// <reference types="@tarojs/taro" />

declare module '*.png' {
  const url: string
  export default url
}
declare module '*.css'

/** Where the API lives, set at build time; empty means the page's own origin. */
declare const API_BASE: string
/** Of package.json. */
declare const APP_VERSION: string

declare namespace NodeJS {
  interface ProcessEnv {
    TARO_ENV: 'weapp' | 'h5'
    API_BASE?: string
  }
}
