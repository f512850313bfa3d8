export default definePageConfig({
  navigationBarTitleText: '拍摄服药',
})
