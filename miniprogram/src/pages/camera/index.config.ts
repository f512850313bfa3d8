import { palettes } from '../../ui/tokens.gen'

export default definePageConfig({
  navigationBarTitleText: '拍摄服药',
  navigationBarBackgroundColor: palettes.dark.ground,
  navigationBarTextStyle: 'white',
  backgroundColor: palettes.dark.ground,
})
