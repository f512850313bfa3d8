export { LargeTypeSwitch } from './large-type-switch'
