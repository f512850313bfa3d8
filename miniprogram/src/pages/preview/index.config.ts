import { palettes } from '../../ui/tokens.gen'

export default definePageConfig({
  navigationBarTitleText: '看一看再发送',
  navigationBarBackgroundColor: palettes.dark.ground,
  navigationBarTextStyle: 'white',
  backgroundColor: palettes.dark.ground,
})
