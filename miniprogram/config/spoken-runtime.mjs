import { mergeInternalComponents } from '@tarojs/shared'
import attributes from './spoken-attributes.json'

mergeInternalComponents({
  View: attributes,
  Button: attributes,
  Image: attributes,
  Input: attributes,
})
