export default definePageConfig({
  navigationBarTitleText: '今天不能拍',
})
